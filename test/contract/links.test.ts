import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, test } from 'vitest'

const ROOT = join(import.meta.dirname, '..', '..')
const documents = [
  ...['README.md', 'CONTRIBUTING.md', 'infra/README.md'],
  ...readdirSync(join(ROOT, 'docs')).map((name) => `docs/${name}`),
].map((path) => join(ROOT, path))

/** What is shown, without code. */
const prose = (file: string): string => readFileSync(file, 'utf8').replaceAll(/^ *```.*?^ *```$/gms, '')

/** As GitHub makes them of headings. */
const anchorsIn = (file: string): readonly string[] =>
  [...prose(file).matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-'),
  )

describe('links between the documents', () => {
  test.each(documents.map((file) => [relative(ROOT, file), file]))('of %s lead somewhere', (_, file) => {
    const links = [...prose(file).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link)
    const astray = links
      .filter((link) => !/^[a-z]+:/.test(link))
      .filter((link) => {
        const [path = '', anchor] = link.split('#')
        const target = path === '' ? file : join(dirname(file), path)
        return !existsSync(target) || (anchor !== undefined && !anchorsIn(target).includes(anchor))
      })
    expect(astray).toEqual([])
  })
})
