/**
 * Contacts come from anywhere: what would move the cursor, name the window or turn the text around shows as U+FFFD. Our own
 * colours stay.
 */
export const harmless = (text: string): string =>
  text.replace(/\p{Cc}(?:\[(?:1|2|22|3[1-3]|39)m)?|[\u202a-\u202e\u2066-\u2069]/gu, (found) => {
    const [first = ''] = found;
    const isColour = first === '\u001b' && found.length > 1;
    return first === '\n' || isColour ? found : `\ufffd${found.slice(1)}`;
  });
