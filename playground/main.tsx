import './workers.ts'
import { createRoot } from 'react-dom/client'
import { Playground } from './Playground.tsx'

const root = document.getElementById('playground')
if (root === null) throw new Error('the page has no #playground')
createRoot(root).render(<Playground graphqlPath={root.dataset.graphqlPath ?? '/graphql'} />)
