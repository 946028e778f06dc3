/**
 * Makes names unique by counting: `wei.chen`, `wei.chen2`, `wei.chen3`. Bases must not end in a digit, or two bases could meet.
 * Holds one number a base, not a name a user: the memory is that of the name tables, however many users there are.
 */
export function uniqueNames(separator: string): (base: string) => string {
  const uses = new Map<string, number>()
  return (base) => {
    const use = (uses.get(base) ?? 0) + 1
    uses.set(base, use)
    return use === 1 ? base : `${base}${separator}${use}`
  }
}
