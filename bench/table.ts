/** As Markdown: columns of figures to the right. */
export function table(headers: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  const rule = headers.map((_, i) =>
    i === 0 || rows.some((row) => /^[^\d–-]/.test(row[i] ?? '')) ? '---' : '---:',
  )
  return [line(headers), line(rule), ...rows.map(line)]
}

export const NOTHING = '–'
export const whole = (value: number): string => Math.round(value).toLocaleString('en')
export const megabytes = (bytes: number): string => whole(bytes / 1_000_000)
export const cpu = ({ cpuMicros }: { readonly cpuMicros: number | null }): string =>
  cpuMicros === null ? NOTHING : cpuMicros < 10 ? cpuMicros.toFixed(1) : whole(cpuMicros)
