import type { Place, Word } from './places.ts';

/** Between single quotes; what describes a word is cut off it at the first colon. */
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const described = (list: readonly Word[]): string =>
  list.map(({ word, about }) => quoted(`${word}:${about}`)).join(' ');

/** For a file called `_contact-sync` in a folder of `fpath`. */
export function zsh(places: readonly Place[]): string {
  const paths = places.filter(({ path }) => path !== '').map(({ path }) => `(${quoted(path)})`);
  const values = places.flatMap(({ path, valued }) =>
    valued.map(({ option, choices }) =>
      choices.length === 0
        ? `    (${quoted(`${path} ${option}`)}) _files; return ;;`
        : `    (${quoted(`${path} ${option}`)}) compadd -- ${choices.join(' ')}; return ;;`,
    ),
  );
  const follow = places.map(
    ({ path, commands, options, values }) =>
      `    (${quoted(path)}) next=(${described(commands)} ${values.join(' ')}) options=(${described(options)}) ;;`,
  );
  return `#compdef contact-sync
# zsh completion of contact-sync; made by: contact-sync completion zsh
_contact_sync() {
  local at='' one
  local -a next options
  for one in "\${(@)words[2,CURRENT-1]}"; do
    # After help come commands, as without it.
    if [[ -z $at && $one == help ]]; then continue; fi
    case "\${at:+$at }$one" in
      ${paths.map((path) => path.slice(1, -1)).join('|')}) at="\${at:+$at }$one" ;;
    esac
  done
  case "$at $words[CURRENT-1]" in
${values.join('\n')}
  esac
  case "$at" in
${follow.join('\n')}
  esac
  if [[ $PREFIX == -* ]]; then _describe option options; elif (( $#next )); then _describe command next; else _files; fi
}
if [[ $funcstack[1] == _contact-sync ]]; then _contact_sync "$@"; else compdef _contact_sync contact-sync; fi`;
}
