/** Of a field whose value may have so many characters: it costs as much as an object for each 4,096 of them, under each alias. */
export const longText = (maxChars: number) => ({ complexity: Math.ceil(maxChars / 4_096) })
