import { GraphiQL } from 'graphiql'
import { useMemo } from 'react'
import { CredentialsForm } from './CredentialsForm.tsx'
import { useCredentials } from './credentials.ts'
import { exampleTabs } from './examples.ts'
import { createFetcher } from './fetcher.ts'
import { storageWithoutHeaders } from './storage.ts'

const EXAMPLES = exampleTabs(Math.random().toString(36).slice(2, 6))
const STORAGE = storageWithoutHeaders(localStorage)

/**
 * The whole page. Another key or tenant makes another fetcher, upon which GraphiQL reads the schema again; without a key it
 * asks for nothing.
 */
export function Playground({ graphqlPath }: { graphqlPath: string }) {
  const [credentials, setCredentials] = useCredentials()
  const fetcher = useMemo(() => createFetcher(graphqlPath, credentials), [graphqlPath, credentials])
  const noSchema = credentials.key === '' ? { schema: null } : {}
  return (
    <GraphiQL
      fetcher={fetcher}
      storage={STORAGE}
      defaultTabs={EXAMPLES}
      defaultEditorToolsVisibility="variables"
      shouldPersistHeaders={false}
      {...noSchema}
    >
      <GraphiQL.Logo>
        <CredentialsForm value={credentials} onChange={setCredentials} />
      </GraphiQL.Logo>
    </GraphiQL>
  )
}
