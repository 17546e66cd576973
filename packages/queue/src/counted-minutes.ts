/** So many minutes the backend counts one by one. */
export const COUNTED_MINUTES = 60;
