/**
 * Cuts text at delimiters that no backslash stands before; one that is escaped itself is no escape. The parts are still
 * escaped.
 *
 * @param delimiters one character each
 */
export function cutUnescaped(text: string, delimiters: string): readonly string[] {
  const parts: string[] = [];
  let from = 0;
  for (let index = 0; index < text.length; index++) {
    const sign = text[index] ?? '';
    if (sign === '\\') index++;
    else if (delimiters.includes(sign)) {
      parts.push(text.slice(from, index));
      from = index + 1;
    }
  }
  parts.push(text.slice(from));
  return parts;
}
