import type { Terminal } from './terminal.ts'

/** Tells how far a long command is. */
export interface Progress {
  /** `count` things are done, which is this share of all; null where all is not known. */
  update(count: number, share: number | null): void
  /** Says the last word. */
  end(count: number): void
}

export interface ProgressOptions {
  /** What is counted: `lines`. */
  readonly things: string
  readonly terminal: Terminal
  /** Milliseconds from any start. */
  readonly now?: () => number
}

const DRAW_EVERY_MS = 100
const SAY_EVERY_MS = 1_000
const SAY_EVERY_SHARE = 0.1

/** On a terminal a bar that is drawn over, ten times a second; elsewhere a line for every tenth, and at most one a second. */
export function createProgress({
  things,
  terminal,
  now = () => performance.now(),
}: ProgressOptions): Progress {
  const start = now()
  let lastTold = start
  let toldShare = 0

  const facts = (count: number) => {
    const seconds = (now() - start) / 1_000
    const rate = seconds > 0 ? Math.round(count / seconds) : 0
    return { seconds, text: `${number(count)} ${things}, ${number(rate)}/s` }
  }
  const describe = (count: number, share: number | null) => {
    const { seconds, text } = facts(count)
    if (share === null || share <= 0) return text
    return `${percent(share)}  ${text}, ${Math.ceil((seconds / share) * (1 - share))} s to go`
  }
  return {
    update(count, share) {
      const due = terminal.interactive ? DRAW_EVERY_MS : SAY_EVERY_MS
      const enough = terminal.interactive || share === null || share >= toldShare + SAY_EVERY_SHARE
      if (now() - lastTold < due || !enough) return
      lastTold = now()
      toldShare = share ?? 0
      if (!terminal.interactive) terminal.note(describe(count, share))
      else terminal.draw(`\r${toWidth(`${bar(share)} ${describe(count, share)}`, terminal.columns)}`)
    },
    end(count) {
      const { seconds, text } = facts(count)
      if (terminal.interactive) terminal.draw(ERASE_LINE)
      terminal.note(`${text}, in ${seconds.toFixed(1)} s`)
    },
  }
}

const ERASE_LINE = '\r\x1b[2K'
const BAR_CHARS = 24

function bar(share: number | null): string {
  const full = Math.round(Math.min(1, share ?? 0) * BAR_CHARS)
  return `[${'='.repeat(full)}${' '.repeat(BAR_CHARS - full)}]`
}

/** Exactly the width of a line, less the last column, where some terminals wrap: what was drawn before is covered. */
const toWidth = (text: string, columns: number): string => text.slice(0, columns - 1).padEnd(columns - 1)

const number = (value: number): string => value.toLocaleString('en')
const percent = (share: number): string => `${Math.floor(share * 100)} %`.padStart(5)
