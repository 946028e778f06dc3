import fc from 'fast-check'

/** Texts of any characters that there may ever be; no halves of surrogate pairs. */
export const anyText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.integer({ max: 0x2fff, min: 0 }), fc.integer({ max: 0x10ffff, min: 0 })), {
    maxLength: 40,
  })
  .map((codes) => String.fromCodePoint(...codes.filter((code) => code < 0xd800 || code > 0xdfff)))

/** Texts as a hostile client may send them: any code units, halves of pairs too. */
export const units: fc.Arbitrary<string> = fc
  .array(fc.nat(0xffff), { maxLength: 40 })
  .map((codes) => String.fromCharCode(...codes))
