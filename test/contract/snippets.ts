import { README } from './readmeFile.ts'

/**
 * A block of the README that a test runs: fenced as ```graphql run, ```sh run or ```ts run. One that ends in an error code (```sh run
 * STALE_TOKEN) must be refused with it; every other must be answered without an error.
 */
export interface Snippet {
  readonly language: 'graphql' | 'sh' | 'ts'
  readonly line: number
  readonly text: string
  readonly refusal: string | null
}

export const snippets: readonly Snippet[] = [
  ...README.matchAll(/^```(graphql|sh|ts) run(?: ([A-Z_]+))?\n(.*?)^```$/gms),
].map(({ index, 1: language, 2: refusal, 3: text }) => ({
  language: language as Snippet['language'],
  line: README.slice(0, index).split('\n').length,
  text: text ?? '',
  refusal: refusal ?? null,
}))
