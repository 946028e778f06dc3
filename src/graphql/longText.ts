/** Of a field whose value may have so many characters: it costs as many objects as there are times 4,096 in them, under each alias. */
export const longText = (maxChars: number) => ({ complexity: Math.ceil(maxChars / 4_096) })
