// The hub of the app in a Durable Task Scheduler, and who may work in it.
param scheduler string
param name string
param principalId string
param roleId string

resource service 'Microsoft.DurableTask/schedulers@2025-11-01' existing = {
  name: scheduler
}

resource hub 'Microsoft.DurableTask/schedulers/taskHubs@2025-11-01' = {
  parent: service
  name: name
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: hub
  name: guid(hub.id, principalId, roleId)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
  }
}
