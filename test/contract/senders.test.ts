import { openInstallation } from '../support/application.ts';
import { sendersContract } from './senders.ts';

for (const profile of ['embedded', 'postgres'] as const)
  sendersContract(profile, {}, () => openInstallation({}, profile));
