// One role on some queues.
param account string
param queues array
param principalId string
param roleId string

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: account

  resource service 'queueServices' existing = {
    name: 'default'

    resource queue 'queues' existing = [for name in queues: { name: name }]
  }
}

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, i) in queues: {
    scope: storage::service::queue[i]
    name: guid(storage.id, name, principalId, roleId)
    properties: {
      principalId: principalId
      principalType: 'ServicePrincipal'
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
    }
  }
]
