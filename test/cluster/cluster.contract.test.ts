import { describeCluster } from '../contracts/cluster.contract.ts';
import { startRealCluster } from './real-cluster-world.ts';

describeCluster({
  name: 'The adapter on the real API server',
  create: startRealCluster,
  skip: {
    compact: '(a shared API server keeps its history; api-server-restart.test.ts restarts its own)',
    repeatEvents: '(a real API server does not repeat itself)',
  },
});
