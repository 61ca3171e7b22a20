// The worker as an event-driven job: executions start while messages are on the queue and cost nothing otherwise. A message stays on the queue,
// invisible, until its job is done, so the scaler counts it; it subtracts the executions that run. A worker takes one job after another until
// the queue is empty: starting a container and fetching the base model for every job would take longer than most jobs.
param name string
param location string
param tags object
param environmentId string
param identityId string
param identityClientId string
param registryServer string
param image string
param profile object
param account string
param blobUri string
param queueUri string
param queue string
param insightsConnectionString string

@description('GPUs at once. 1,000 car models at half a minute are 8.3 hours on one.')
@minValue(1)
param maxParallel int

@description('The platform ends an execution after so long; the worker then has 30 seconds to save a checkpoint, and its message is delivered again.')
param executionLimitSeconds int

resource job 'Microsoft.App/jobs@2025-01-01' = {
  name: name
  location: location
  tags: tags
  identity: {
    type: 'UserAssigned'
    userAssignedIdentities: { '${identityId}': {} }
  }
  properties: {
    environmentId: environmentId
    workloadProfileName: profile.name
    configuration: {
      triggerType: 'Event'
      replicaTimeout: executionLimitSeconds
      // The worker owns its retries: the message comes again.
      replicaRetryLimit: 0
      registries: [{ server: registryServer, identity: identityId }]
      eventTriggerConfig: {
        parallelism: 1
        replicaCompletionCount: 1
        scale: {
          minExecutions: 0
          maxExecutions: maxParallel
          pollingInterval: 30
          rules: [
            {
              name: queue
              type: 'azure-queue'
              metadata: { accountName: account, queueName: queue, queueLength: '1' }
              identity: identityId
            }
          ]
        }
      }
    }
    template: {
      containers: [
        {
          name: 'worker'
          image: image
          args: ['--drain']
          resources: { cpu: profile.cpu, memory: profile.memory }
          env: [
            { name: 'LoraStorage__BlobServiceUri', value: blobUri }
            { name: 'LoraStorage__QueueServiceUri', value: queueUri }
            { name: 'LoraStorage__ClientId', value: identityClientId }
            // Of the 8 GiB that a container has for files: room for a base model in half precision, one in full, and the photos of a data set.
            { name: 'Worker__MaxCacheBytes', value: '6442450944' }
            { name: 'APPLICATIONINSIGHTS_CONNECTION_STRING', value: insightsConnectionString }
          ]
        }
      ]
    }
  }
}

output name string = job.name
