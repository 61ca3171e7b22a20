// Traces and metrics of app and worker. Only identities may publish.
param name string
param location string
param tags object
param workspaceId string

resource component 'Microsoft.Insights/components@2020-02-02' = {
  name: name
  location: location
  tags: tags
  kind: 'web'
  properties: {
    Application_Type: 'web'
    WorkspaceResourceId: workspaceId
    DisableLocalAuth: true
  }
}

output id string = component.id
output name string = component.name
output connectionString string = component.properties.ConnectionString
