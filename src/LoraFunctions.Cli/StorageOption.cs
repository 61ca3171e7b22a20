using System.CommandLine;
using Azure;
using Azure.Storage.Blobs;
using LoraFunctions.Pipeline.Storage;

namespace LoraFunctions.Cli;

/// <summary><c>--storage</c>: a connection string, or an account's blob address for whoever is signed in.</summary>
internal static class StorageOption
{
    public static Option<string> Create() =>
        new("--storage")
        {
            Description = "Connection string of the storage account, or its address https://ACCOUNT.blob.core.windows.net for the identity that is "
                + "signed in ('az login').",
            Required = true,
        };

    /// <summary>Null, with a problem, where it is neither.</summary>
    public static StorageOptions? Read(string storage, Problems problems)
    {
        if (Uri.TryCreate(storage, UriKind.Absolute, out var address) && address.Scheme is "https" or "http")
        {
            if (address.Query.Length == 0)
            {
                return new StorageOptions { BlobServiceUri = address };
            }

            problems.Add("--storage is an address with a signature; give it as the connection string 'BlobEndpoint=https://ACCOUNT.blob.core.windows.net/;"
                + "SharedAccessSignature=...'.");
            return null;
        }

        if (IsConnectionString(storage))
        {
            return new StorageOptions { ConnectionString = storage };
        }

        problems.Add("--storage is neither a connection string ('DefaultEndpointsProtocol=https;AccountName=...;AccountKey=...', or "
            + "'UseDevelopmentStorage=true') nor an address ('https://ACCOUNT.blob.core.windows.net').");
        return null;
    }

    public static bool IsConnectionString(string text)
    {
        try
        {
            _ = new BlobServiceClient(text);
            return true;
        }
        catch (Exception exception) when (exception is FormatException or ArgumentException)
        {
            return false;
        }
    }

    /// <summary>The first request: whoever has not started the emulator, or copied half a key, reads it in one line.</summary>
    public static async Task ReachAsync(Uri storage, Func<Task> request)
    {
        try
        {
            await request();
        }
        catch (Exception exception) when (exception is RequestFailedException or AggregateException { InnerException: RequestFailedException })
        {
            // After the first line come headers and XML; after several tries each has its own exception.
            string reason = (exception as StorageUnreachableException)?.Reason
                ?? (exception as RequestFailedException ?? exception.InnerException!).Message.Split('\n')[0].Trim().TrimEnd('.');
            throw new InvalidJobInputException(
                $"--storage: {storage} cannot be used: {reason}. Check that it runs and that the connection string is its own.",
                exception);
        }
    }
}
