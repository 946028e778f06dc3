import { useGraphiQL } from '@graphiql/react'
import { useEffect, useRef } from 'react'
import { type Credentials, credentialHeaders } from './credentials.ts'

/**
 * Shows the credentials in the headers editor of whichever tab is open. Headers that were typed there stay, also an
 * `authorization` that differs from what was put there last.
 */
export function HeaderSync({ credentials }: { credentials: Credentials }) {
  const editor = useGraphiQL((state) => state.headerEditor)
  const tab = useGraphiQL((state) => state.tabs[state.activeTabIndex]?.id)
  const shown = useRef<Record<string, string>>({})
  // `tab` is what the effect follows: opening another one replaces the editor's text.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    if (editor === undefined) return
    const wanted = credentialHeaders(credentials)
    const merged = mergeHeaders(editor.getValue(), shown.current, wanted)
    shown.current = wanted
    if (merged !== null && merged !== editor.getValue()) editor.setValue(merged)
  }, [editor, tab, credentials])
  return null
}

/** Null if the text is no JSON object: then it is somebody's work in progress and is left alone. */
function mergeHeaders(
  text: string,
  before: Readonly<Record<string, string>>,
  wanted: Readonly<Record<string, string>>,
): string | null {
  const present = parseObject(text)
  if (present === null) return null
  const typed = Object.entries(present).filter(([name, value]) => before[name] !== value)
  const merged = { ...wanted, ...Object.fromEntries(typed) }
  return Object.keys(merged).length === 0 ? '' : JSON.stringify(merged, null, 2)
}

function parseObject(text: string): Record<string, unknown> | null {
  if (text.trim() === '') return {}
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}
