using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Storage;

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
            problems.Add(StorageOptions.Section + $": {name} is '{uri}'; it must be an absolute http(s) address.");
        }
    }
}
