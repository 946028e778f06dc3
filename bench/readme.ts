import { existsSync, readFileSync, writeFileSync } from 'node:fs'

const README = new URL('../README.md', import.meta.url).pathname
const START = '<!-- bench:start -->'
const END = '<!-- bench:end -->'

/** Puts the report between the README's marks. */
export function intoReadme(report: string): void {
  const text = existsSync(README)
    ? readFileSync(README, 'utf8')
    : `# rollcall\n\n## Benchmarks\n\n${START}\n${END}\n`
  const start = text.indexOf(START)
  const end = text.indexOf(END)
  if (start < 0 || end < start) throw new Error(`README.md has no place between ${START} and ${END}`)
  writeFileSync(README, `${text.slice(0, start + START.length)}\n${report}\n${text.slice(end)}`)
}
