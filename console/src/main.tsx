import './workers.ts';
import 'graphiql/style.css';
import './app.css';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';

const root = document.getElementById('root');
const endpoint = root?.dataset.endpoint;
if (!root || endpoint === undefined) throw new Error('The page has no #root element with data-endpoint.');
createRoot(root).render(<App endpoint={new URL(endpoint, location.href).href} />);
