import { useState } from 'react'

/** Who asks, in which tenant. Kept for this browser tab only: gone when it closes. */
export interface Credentials {
  readonly key: string
  /** Empty: the key's own tenant, or `default` for the operator. */
  readonly tenant: string
}

const STORED_AS = 'rollcall:credentials'

/** The credentials as HTTP headers, in lower case. */
export const credentialHeaders = ({ key, tenant }: Credentials): Record<string, string> => ({
  ...(key !== '' && { authorization: `Bearer ${key}` }),
  ...(tenant !== '' && { 'rollcall-tenant': tenant }),
})

export function useCredentials(): [Credentials, (next: Credentials) => void] {
  const [credentials, set] = useState(read)
  const save = (next: Credentials) => {
    sessionStorage.setItem(STORED_AS, JSON.stringify(next))
    set(next)
  }
  return [credentials, save]
}

function read(): Credentials {
  const stored: unknown = JSON.parse(sessionStorage.getItem(STORED_AS) ?? '{}')
  const { key = '', tenant = '' } = stored as Partial<Credentials>
  return { key, tenant }
}
