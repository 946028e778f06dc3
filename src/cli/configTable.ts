import { SETTINGS } from './config.ts'
import type { Setting } from './settings.ts'

/** The settings as the README shows them: a Markdown table. A test holds the two together. */
export function configTable(): string {
  const rows = Object.values<Setting<unknown>>(SETTINGS).map(
    ({ variable, standard, about }) => `| \`${variable}\` | ${standard && `\`${standard}\``} | ${about} |`,
  )
  return ['| variable | default | |', '|---|---|---|', ...rows].join('\n')
}
