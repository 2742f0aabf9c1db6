export { liveSessions, openSession } from './session.js';
export type { GraphSession, HostTensor, SessionOptions } from './session.js';
