// Publishing telemetry.
param insights string
param principalId string
param roleId string

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: insights
}

resource assignment 'Microsoft.Authorization/roleAssignments@2022-04-01' = {
  scope: component
  name: guid(component.id, principalId, roleId)
  properties: {
    principalId: principalId
    principalType: 'ServicePrincipal'
    roleDefinitionId: subscriptionResourceId('Microsoft.Authorization/roleDefinitions', roleId)
  }
}
