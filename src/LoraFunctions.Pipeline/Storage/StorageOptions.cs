using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Storage;

/// <summary>
/// Where blobs and queues are; section <c>LoraStorage</c>. The Functions host reads the same section for its queue trigger, so the keys are
/// those of its identity-based connections (<c>LoraStorage__queueServiceUri</c>, <c>LoraStorage__clientId</c>, ...). Either a connection string (Azurite, tests) or the two addresses and an identity.
/// </summary>
public sealed class StorageOptions
{
    /// <summary>Not <c>Storage</c>: the Functions host tries a connection's name with the prefix <c>AzureWebJobs</c> first, and would take its own account.</summary>
    public const string Section = "LoraStorage";

    /// <summary>E.g. <c>UseDevelopmentStorage=true</c>. Keys are for one machine only: in Azure, shared keys are switched off.</summary>
    public string? ConnectionString { get; init; }

    /// <summary>E.g. <c>https://account.blob.core.windows.net</c>.</summary>
    public Uri? BlobServiceUri { get; init; }

    /// <summary>E.g. <c>https://account.queue.core.windows.net</c>.</summary>
    public Uri? QueueServiceUri { get; init; }

    /// <summary>Queue on which results of GPU jobs come back to this host; the Functions app's trigger listens to the default alone.</summary>
    public string ResultQueue { get; init; } = QueueNames.GpuResults;

    /// <summary>Client id of the user-assigned identity; null for the machine's own or a developer's.</summary>
    public string? ClientId { get; init; }
}

internal sealed class StorageOptionsValidator : IValidateOptions<StorageOptions>
{
    public ValidateOptionsResult Validate(string? name, StorageOptions options)
    {
        var problems = new List<string>();
        var hasUris = options.BlobServiceUri is not null || options.QueueServiceUri is not null;
        if (string.IsNullOrWhiteSpace(options.ConnectionString))
        {
            if (!hasUris)
            {
                problems.Add(StorageOptions.Section + ": neither ConnectionString nor BlobServiceUri and QueueServiceUri is set. For Azurite set LoraStorage:ConnectionString to 'UseDevelopmentStorage=true'.");
            }
            else
            {
                Check(options.BlobServiceUri, nameof(options.BlobServiceUri), problems);
                Check(options.QueueServiceUri, nameof(options.QueueServiceUri), problems);
            }
        }
        else if (hasUris)
        {
            problems.Add(StorageOptions.Section + ": ConnectionString and the service addresses are both set; remove one of them, they may name different accounts.");
        }

        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static void Check(Uri? uri, string name, List<string> problems)
    {
        if (uri is null)
        {
            problems.Add(StorageOptions.Section + $": {name} is missing; both addresses are needed.");
        }
        else if (!uri.IsAbsoluteUri || uri.Scheme is not ("https" or "http"))
        {
            problems.Add(StorageOptions.Section + $": {name} is '{Secrets.Redact(uri.ToString())}'; it must be an absolute http(s) address.");
        }
    }
}
