import type { Place } from './places.ts';

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;

/** For `~/.config/fish/completions/contact-sync.fish`. */
export function fish(places: readonly Place[]): string {
  const lines = places.flatMap(({ path, commands, options, values, valued }) => {
    const at = `complete -c contact-sync -n ${quoted(`__contact_sync_at ${quoted(path)}`)}`;
    return [
      ...commands.map(({ word, about }) => `${at} -f -a ${word} -d ${quoted(about)}`),
      ...(values.length === 0 ? [] : [`${at} -f -a ${quoted(values.join(' '))}`]),
      ...options.map(({ word, about }) => {
        const value = valued.find(({ option }) => option === word);
        const takes =
          value === undefined ? '' : value.choices.length === 0 ? ' -r' : ` -x -a ${quoted(value.choices.join(' '))}`;
        return `${at} -l ${word.slice(2)}${takes} -d ${quoted(about)}`;
      }),
    ];
  });
  const paths = places.filter(({ path }) => path !== '').map(({ path }) => quoted(path));
  return `# fish completion of contact-sync; made by: contact-sync completion fish
function __contact_sync_at
    set -l at ''
    for one in (commandline -opc)[2..-1]
        # After help come commands, as without it.
        test "$at$one" = help; and continue
        set -l next (string trim -- "$at $one")
        contains -- $next ${paths.join(' ')}; and set at $next
    end
    test "$at" = "$argv[1]"
end
${lines.join('\n')}`;
}
