import { describeCluster } from '../contracts/cluster.contract.ts';
import { startRealCluster } from './real-cluster-world.ts';

describeCluster({
  name: 'The adapter on the real API server',
  create: startRealCluster,
  skip: { disturbances: 'a shared API server is not disturbed; api-server-restart.test.ts restarts its own' },
});
