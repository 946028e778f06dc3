import { styleText } from 'node:util'
import type { Words } from './changeWords.ts'

type Style = Parameters<typeof styleText>[0]

const STYLES: readonly (Style | null)[] = ['dim', 'cyan', 'bold', null, 'dim']
/** A column is not made wider than this for one long text. */
const MAX_WIDTHS = [20, 24, 40, 60, 0]

/** Aligns changes in words. Columns grow with what is seen, so that what follows stays aligned. */
export class Columns {
  readonly #colors: boolean
  readonly #widths: number[]

  /** `widths` to begin with: of use where lines come one by one. */
  constructor(colors: boolean, widths: readonly number[] = MAX_WIDTHS.map(() => 0)) {
    this.#colors = colors
    this.#widths = [...widths]
  }

  lines(rows: readonly Words[]): readonly string[] {
    for (const [column, max] of MAX_WIDTHS.entries()) {
      const longest = rows.map((row) => row[column]?.length ?? 0).filter((length) => length <= max)
      this.#widths[column] = longest.reduce((a, b) => Math.max(a, b), this.#widths[column] ?? 0)
    }
    return rows.map((row) => row.map((text, column) => this.#cell(text, column)).join('  '))
  }

  #cell(text: string, column: number): string {
    const padding = ' '.repeat(Math.max(0, (this.#widths[column] ?? 0) - text.length))
    const style = STYLES[column]
    return `${this.#colors && style ? styleText(style, text, { validateStream: false }) : text}${padding}`
  }
}
