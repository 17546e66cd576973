import type { Place } from './places.ts';

const words = (list: readonly string[]): string => `words='${list.join(' ')}'`;

/** For bash 3 and later, with the package bash-completion or without. */
export function bash(places: readonly Place[]): string {
  const paths = places.filter(({ path }) => path !== '').map(({ path }) => `"${path}"`);
  const values = places.flatMap(({ path, valued }) =>
    valued.map(({ option, choices }) => `    "${path} ${option}") ${words(choices)} ;;`),
  );
  const follow = places.map(({ path, commands, options, values }) => {
    const next = [...commands.map(({ word }) => word), ...values];
    return `    "${path}") ${words(next)}; options='${options.map(({ word }) => word).join(' ')}' ;;`;
  });
  return `# bash completion of contact-sync; made by: contact-sync completion bash
_contact_sync() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" prev="\${COMP_WORDS[COMP_CWORD - 1]}" path='' words='' options='' next i
  # --option=value comes as three words.
  if [[ $cur == '=' ]]; then cur=''; elif [[ $prev == '=' ]]; then prev="\${COMP_WORDS[COMP_CWORD - 2]}"; fi
  for ((i = 1; i < COMP_CWORD; i++)); do
    # After help come commands, as without it.
    if [[ -z $path && \${COMP_WORDS[i]} == help ]]; then continue; fi
    next="\${path:+$path }\${COMP_WORDS[i]}"
    case "$next" in
      ${paths.join('|')}) path="$next" ;;
    esac
  done
  case "$path $prev" in
${values.join('\n')}
    *)
  case "$path" in
${follow.join('\n')}
  esac
  if [[ $cur == -* || -z $words ]]; then words="$words $options"; fi
  # Files are completed where nothing else is known, and an option has to be begun.
  if [[ $cur != -* && $words == " $options" ]]; then words=''; fi
    ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _contact_sync contact-sync
`.trimEnd();
}
