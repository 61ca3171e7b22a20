using System.Text.Json;
using LoraFunctions.Pipeline.Storage;
using Microsoft.DurableTask;

namespace LoraFunctions.Pipeline.Orchestration;

/// <summary>How an activity is tried again, and how its failure is told.</summary>
internal static class Retries
{
    /// <summary>What would be the same the next time: wrong input, a broken document, something that is not there.</summary>
    private static readonly Type[] s_lasting =
    [
        typeof(InvalidDataException), typeof(MissingBlobException), typeof(NonRetriableJobException), typeof(JsonException),
        typeof(ArgumentException), typeof(InvalidOperationException), typeof(NotSupportedException),
    ];

    /// <summary>
    /// For every activity: after 2, 6, 18 and 54 seconds, which is longer than storage takes to move a partition. An outage that lasts longer
    /// ends the night, and the hourly timer starts it again. Jobs for the GPU have no policy: the worker owns their retries.
    /// </summary>
    public static TaskOptions OfActivities { get; } = TaskOptions.FromRetryPolicy(
        new RetryPolicy(maxNumberOfAttempts: 5, firstRetryInterval: TimeSpan.FromSeconds(2), backoffCoefficient: 3) { HandleFailure = IsPassing });

    /// <summary>
    /// Whether trying again may help. A failure carries its exception's name alone. <see cref="TaskFailureDetails.IsCausedBy"/> would look that up too, but
    /// throws where two assemblies answer to the name, and a facade such as netstandard.dll answers for everything that it forwards: a
    /// <see cref="HttpRequestException"/> ended the orchestration.
    /// </summary>
    public static bool IsPassing(TaskFailureDetails failure) =>
        !AppDomain.CurrentDomain.GetAssemblies()
            .Select(assembly => assembly.GetType(failure.ErrorType, throwOnError: false))
            .Any(thrown => thrown is not null && Array.Exists(s_lasting, lasting => lasting.IsAssignableFrom(thrown)));

    /// <summary>Why, in one line for a person: what the activity itself threw, however many orchestrations it came through.</summary>
    public static string Reason(this TaskFailedException exception)
    {
        var failure = exception.FailureDetails;
        while (failure is { InnerFailure: { } inner } && failure.ErrorType == typeof(TaskFailedException).FullName)
        {
            failure = inner;
        }

        return OneLine(failure.ErrorMessage);
    }

    /// <summary>A list of problems in one line. Azure's messages go on with request ids, headers and the answer's XML; those are for logs.</summary>
    private static string OneLine(string message) =>
        Secrets.Redact(string.Join(
            "; ",
            message.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
                .TakeWhile(line => !line.StartsWith("RequestId:", StringComparison.Ordinal))));
}
