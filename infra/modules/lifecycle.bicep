// What a night leaves behind and nobody asks for again. Labels stay: they are small, and making them anew costs the GPU. Checkpoints lie below
// each job, where no rule's prefix reaches them alone: the worker removes them when the job ends, and those of jobs that never ended go
// with the rest of the job.
param account string

@description('Specs, samples, attempts and results of trainings and renderings. LoRAs and pictures that were published lie elsewhere.')
param unpublishedDays int

@description('Pictures are looked at in their first months.')
param coolAfterDays int

resource storage 'Microsoft.Storage/storageAccounts@2024-01-01' existing = {
  name: account
}

resource policy 'Microsoft.Storage/storageAccounts/managementPolicies@2024-01-01' = {
  parent: storage
  name: 'default'
  properties: {
    policy: {
      rules: [
        {
          name: 'unpublished'
          type: 'Lifecycle'
          enabled: true
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['jobs/train-', 'jobs/render-'] }
            actions: { baseBlob: { delete: { daysAfterModificationGreaterThan: unpublishedDays } } }
          }
        }
        {
          name: 'published'
          type: 'Lifecycle'
          enabled: true
          definition: {
            filters: { blobTypes: ['blockBlob'], prefixMatch: ['asset-library/'] }
            actions: { baseBlob: { tierToCool: { daysAfterModificationGreaterThan: coolAfterDays } } }
          }
        }
      ]
    }
  }
}
