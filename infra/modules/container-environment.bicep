// Where the GPU job runs; it costs nothing while no job does.
param name string
param location string
param tags object
param gpuProfile object
param subnetId string

resource environment 'Microsoft.App/managedEnvironments@2025-01-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    appLogsConfiguration: { destination: 'azure-monitor' }
    vnetConfiguration: empty(subnetId) ? null : { infrastructureSubnetId: subnetId, internal: true }
    workloadProfiles: [
      { name: 'Consumption', workloadProfileType: 'Consumption' }
      { name: gpuProfile.name, workloadProfileType: gpuProfile.type }
    ]
  }
}

output id string = environment.id
output name string = environment.name
