/** `1,200 events`, `1 event`. */
export const count = (n: number, thing: string): string =>
  `${n.toLocaleString('en')} ${thing}${n === 1 ? '' : 's'}`
