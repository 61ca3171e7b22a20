using System.Net.Sockets;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;

namespace LoraFunctions.Pipeline.Storage;

/// <summary>The storage does not answer, after every try. The message is complete for a person.</summary>
public sealed class StorageUnreachableException(Uri storage, string reason, Exception inner)
    : RequestFailedException(
        0,
        $"The storage at {storage} cannot be reached ({reason}). What is done so far is kept in it; see that it runs and that this machine reaches "
            + "it, then start again: what is done is not done again, and what is half done goes on.",
        errorCode: null,
        inner)
{
    public string Reason => reason;
}

/// <summary>Which failures are the storage's or the network's and pass, so that they say nothing about the work itself.</summary>
public static class StorageFaults
{
    public static bool IsTransient(Exception exception) => exception switch
    {
        RequestFailedException { Status: 0 or 408 or 429 or >= 500 } => true,
        AuthenticationFailedException or HttpRequestException or HttpIOException or SocketException => true,
        AggregateException several => several.InnerExceptions.All(IsTransient),
        _ => exception.InnerException is { } inner && IsTransient(inner),
    };

    /// <summary>The one line below all tries and wrappers that says why, e.g. that a connection was refused.</summary>
    public static string Reason(Exception exception)
    {
        while (exception is AggregateException { InnerExceptions.Count: > 0 } || exception.InnerException is not null)
        {
            exception = exception is AggregateException several ? several.InnerExceptions[^1] : exception.InnerException!;
        }

        return Secrets.Redact(exception.Message.Split('\n')[0].Trim().TrimEnd('.'));
    }

    /// <summary>First of the client's policies: what escapes all of its tries names the storage, whoever asked.</summary>
    internal sealed class Policy : HttpPipelinePolicy
    {
        public override async ValueTask ProcessAsync(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            try
            {
                await ProcessNextAsync(message, pipeline);
            }
            catch (Exception exception) when (IsUnanswered(exception, message.CancellationToken))
            {
                throw Unreachable(message, exception);
            }
        }

        public override void Process(HttpMessage message, ReadOnlyMemory<HttpPipelinePolicy> pipeline)
        {
            try
            {
                ProcessNext(message, pipeline);
            }
            catch (Exception exception) when (IsUnanswered(exception, message.CancellationToken))
            {
                throw Unreachable(message, exception);
            }
        }

        /// <summary>A try that took too long is cancelled, as a caller cancels; whose cancellation it was the token tells.</summary>
        private static bool IsUnanswered(Exception exception, CancellationToken caller) => exception switch
        {
            RequestFailedException { Status: 0 } or HttpRequestException or IOException => true,
            OperationCanceledException => !caller.IsCancellationRequested,
            AggregateException several => several.InnerExceptions.All(one => IsUnanswered(one, caller)),
            _ => false,
        };

        private static StorageUnreachableException Unreachable(HttpMessage message, Exception exception)
        {
            // The account is the first part of an emulator's path; on Azure it is in the host's name.
            Uri uri = message.Request.Uri.ToUri();
            string account = uri.IsLoopback && uri.Segments.Length > 1 ? uri.Segments[1].TrimEnd('/') : "";
            return new StorageUnreachableException(new Uri($"{uri.GetLeftPart(UriPartial.Authority)}/{account}"), Reason(exception), exception);
        }
    }
}
