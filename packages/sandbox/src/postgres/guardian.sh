# Runs initdb or a server for as long as our standard input stays open, then interrupts it. The other end of that pipe
# belongs to the program that started us, and is closed by the system however that program ends, kill -9 included.
#
#   $1  the program; $2  a folder to remove after an interruption, or nothing; the rest: the program's arguments
program=$1 folder=$2
shift 2

closing=
trap 'closing=1; kill -INT "$program_id"' USR1

exec 3<&0
"$program" "$@" </dev/null 3<&- &
program_id=$!
(
  while read -r _; do :; done <&3
  kill -USR1 $$
) &
watcher=$!
exec 3<&- </dev/null

# A trapped signal interrupts wait before the program has ended.
wait "$program_id"
code=$?
while kill -0 "$program_id" 2>/dev/null; do
  wait "$program_id"
  code=$?
done

kill -KILL "$watcher" 2>/dev/null
if [ -n "$closing" ] && [ -n "$folder" ]; then rm -rf "$folder"; fi
exit "$code"
