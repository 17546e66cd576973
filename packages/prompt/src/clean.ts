/**
 * What a person would see of a text, on one line. Removed is what a model reads and a person does not, by which one
 * could hide instructions or move the end of the fence: controls, bidi overrides, zero-width characters, tags,
 * variation selectors (an emoji loses its colour, and a joined one falls apart, which changes no meaning), halves of
 * surrogate pairs, and code points without a meaning that everybody shares (private use, unassigned). An emoji younger
 * than the Unicode version of Node.js is unassigned and goes too.
 *
 * Each run of blanks, line and paragraph separators is one blank. Unicode NFC, also where something was removed between
 * a letter and its accent.
 */
export function clean(text: string): string {
  return text.toWellFormed().replace(BLANKS, ' ').replace(INVISIBLE, '').normalize('NFC').replace(/ {2,}/g, ' ').trim();
}

/** U+0085 and U+2800 (an empty Braille cell) show as blanks without being `\s`. */
const BLANKS = /[\s\u0085\u2800]+/gu;
/** `C` is everything without a glyph (controls, formats, private use, unassigned); `DI` what fonts are told not to show. */
const INVISIBLE = /[\p{C}\p{Default_Ignorable_Code_Point}]/gu;
