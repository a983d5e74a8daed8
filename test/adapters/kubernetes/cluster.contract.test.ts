import { describeCluster } from '../../contracts/cluster.contract.ts';
import { startSimulatedCluster } from './simulated-cluster.ts';

describeCluster({ name: 'The adapter on the simulated server', create: () => startSimulatedCluster() });
