// Containers; none of them is public.
param account string
param names array

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: account

  resource service 'blobServices' existing = {
    name: 'default'
  }
}

resource containers 'Microsoft.Storage/storageAccounts/blobServices/containers@2024-01-01' = [
  for name in names: {
    parent: storage::service
    name: name
    properties: { publicAccess: 'None' }
  }
]
