// Durable Task Scheduler: the engine's own service, in place of tables and queues of the storage account.
param name string
param location string
param tags object
param capacity int

resource scheduler 'Microsoft.DurableTask/schedulers@2025-11-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    ipAllowlist: ['0.0.0.0/0']
    sku: { name: 'Dedicated', capacity: capacity }
  }
}

output name string = scheduler.name
output endpoint string = scheduler.properties.endpoint
