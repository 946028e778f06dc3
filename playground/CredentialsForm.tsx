import { type FormEvent, useEffect, useState } from 'react'
import type { Credentials } from './credentials.ts'

interface Props {
  readonly value: Credentials
  readonly onChange: (next: Credentials) => void
}

const TYPING_PAUSE_MS = 500

/** The two fields in the page's head. A change takes effect on Enter, on leaving the field, or after a pause in typing. */
export function CredentialsForm({ value, onChange }: Props) {
  const [draft, setDraft] = useState(value)
  const apply = () => {
    const next = { key: draft.key.trim(), tenant: draft.tenant.trim() }
    if (next.key !== value.key || next.tenant !== value.tenant) onChange(next)
  }
  useEffect(() => {
    const timer = setTimeout(apply, TYPING_PAUSE_MS)
    return () => clearTimeout(timer)
  })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    apply()
  }
  return (
    <form className="credentials" onSubmit={submit} onBlur={apply} autoComplete="off">
      <label className={draft.key === '' ? 'wanted' : ''}>
        Key
        <input
          type="password"
          name="key"
          value={draft.key}
          placeholder="operator or API key"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setDraft({ ...draft, key: event.target.value })}
        />
      </label>
      <label>
        Tenant
        <input
          type="text"
          name="tenant"
          value={draft.tenant}
          placeholder="default"
          autoComplete="off"
          spellCheck={false}
          onChange={(event) => setDraft({ ...draft, tenant: event.target.value })}
        />
      </label>
      <button type="submit" hidden />
      <strong>rollcall</strong>
    </form>
  )
}
