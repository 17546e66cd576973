/** True for the address of a page at linkedin.com, with or without its scheme. */
export const isLinkedin = (text: string): boolean =>
  /^(?:https?:\/\/)?(?:[a-z-]+\.)*linkedin\.com(?:[/?#:]|$)/i.test(text);
