// One role on some containers.
param account string
param containers array
param principalId string
param principalType string = 'ServicePrincipal'
param roleId string

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: account

  resource service 'blobServices' existing = {
    name: 'default'

    resource container 'containers' existing = [for name in containers: { name: name }]
  }
}

resource assignments 'Microsoft.Authorization/roleAssignments@2022-04-01' = [
  for (name, i) in containers: {
    scope: storage::service::container[i]
    name: guid(storage.id, name, principalId, roleId)
    properties: {
      principalId: principalId
      principalType: principalType
      roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
    }
  }
]
