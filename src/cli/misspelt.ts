import { SETTINGS } from './config.ts'

type Environment = Readonly<Record<string, string | undefined>>

const PREFIX = 'ROLLCALL_'
const KNOWN: readonly string[] = [...Object.values(SETTINGS).map(({ variable }) => variable), 'ROLLCALL_KEY']

/** What Kubernetes sets for a service that is called rollcall. */
const OF_KUBERNETES = /^ROLLCALL_(SERVICE_|PORT_\d)/
const ADDRESS_OF_KUBERNETES = /^tcp:/

/** A line for each variable that looks like a setting and is none: it would be ignored in silence. */
export const misspelt = (environment: Environment): readonly string[] =>
  Object.entries(environment)
    .filter(([name, value = '']) => looksLikeSetting(name, value) && !KNOWN.includes(name))
    .map(([name]) => `${name} is no setting, and is ignored${suggestion(name)}`)

const looksLikeSetting = (name: string, value: string): boolean =>
  name.startsWith(PREFIX) && !OF_KUBERNETES.test(name) && !ADDRESS_OF_KUBERNETES.test(value)

/** The nearest one, if no more than a third of the name is different. */
function suggestion(name: string): string {
  const own = withoutPrefix(name)
  const [nearest] = KNOWN.map((known) => ({ known, edits: edits(own, withoutPrefix(known)) })).sort(
    (a, b) => a.edits - b.edits,
  )
  return nearest !== undefined && nearest.edits <= own.length / 3 ? `: is it ${nearest.known}?` : ''
}

const withoutPrefix = (name: string): string => (name.startsWith(PREFIX) ? name.slice(PREFIX.length) : name)

/** How many characters must be put in, taken out or changed to make one of the other (Levenshtein's distance). */
function edits(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, change)
    }
    row = next
  }
  return row[b.length] ?? 0
}
