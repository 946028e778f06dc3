import { readFileSync } from 'node:fs'

export const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** What stands between `<!-- name:start -->` and `<!-- name:end -->`. Throws where there is no such part. */
export function readmePart(name: string): string {
  const part = new RegExp(`<!-- ${name}:start -->\n(.*?)<!-- ${name}:end -->`, 's').exec(README)?.[1]
  if (part === undefined) throw new Error(`README.md has no <!-- ${name}:start --> … <!-- ${name}:end -->`)
  return part.trim()
}

/** The rows of a Markdown table, without its head, as texts of their cells. */
export const tableRows = (table: string): string[][] =>
  table
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
