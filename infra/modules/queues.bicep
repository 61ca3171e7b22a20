// The queues between app and worker, and those where messages go that nobody could work on.
param account string
param names array

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: account

  resource service 'queueServices' existing = {
    name: 'default'
  }
}

resource queues 'Microsoft.Storage/storageAccounts/queueServices/queues@2024-01-01' = [
  for name in names: {
    parent: storage::service
    name: name
  }
]
