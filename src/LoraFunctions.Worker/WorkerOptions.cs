using System.ComponentModel.DataAnnotations;

namespace LoraFunctions.Worker;

/// <summary>
/// How a worker deals with its queue and its files. The defaults are the named constants; configuration section <c>Worker</c>.
/// </summary>
public sealed record WorkerOptions : IValidatableObject
{
    public const string Section = "Worker";

    /// <summary>A message that is not renewed for so long is delivered again: five missed renewals.</summary>
    public static readonly TimeSpan DefaultVisibility = TimeSpan.FromMinutes(5);

    public static readonly TimeSpan DefaultMessageRenewal = TimeSpan.FromMinutes(1);

    /// <summary>The longest lease the service gives.</summary>
    public static readonly TimeSpan DefaultLeaseDuration = TimeSpan.FromSeconds(60);

    public static readonly TimeSpan DefaultLeaseRenewal = TimeSpan.FromSeconds(30);

    /// <summary>How soon an empty queue is asked again.</summary>
    public static readonly TimeSpan DefaultPollInterval = TimeSpan.FromSeconds(2);

    /// <summary>How soon a delivery that failed is tried again.</summary>
    public static readonly TimeSpan DefaultRetryDelay = TimeSpan.FromSeconds(30);

    public static readonly TimeSpan DefaultStatusInterval = TimeSpan.FromSeconds(2);

    public static readonly TimeSpan DefaultControlInterval = TimeSpan.FromSeconds(5);

    /// <summary>Room for several base models in half precision (2.1 GB each) and the photos of many nights.</summary>
    public const long DefaultMaxCacheBytes = 20L << 30;

    /// <summary>
    /// Names this worker in the leases it holds. A worker that starts again under its old name takes its own leases over at once;
    /// so a name is given only where no two processes can have it at a time.
    /// </summary>
    [Required(AllowEmptyStrings = false)]
    public required string WorkerName { get; init; }

    /// <summary>Downloaded inputs by their SHA-256, and the folders jobs work in.</summary>
    [Required(AllowEmptyStrings = false)]
    public required string Folder { get; init; }

    [Range(typeof(TimeSpan), "00:00:01", "7.00:00:00")]
    public TimeSpan Visibility { get; init; } = DefaultVisibility;

    [Range(typeof(TimeSpan), "00:00:00.1", "1.00:00:00")]
    public TimeSpan MessageRenewal { get; init; } = DefaultMessageRenewal;

    /// <summary>15 to 60 seconds: the service's limits.</summary>
    [Range(typeof(TimeSpan), "00:00:15", "00:01:00")]
    public TimeSpan LeaseDuration { get; init; } = DefaultLeaseDuration;

    [Range(typeof(TimeSpan), "00:00:00.1", "00:01:00")]
    public TimeSpan LeaseRenewal { get; init; } = DefaultLeaseRenewal;

    [Range(typeof(TimeSpan), "00:00:00.01", "00:10:00")]
    public TimeSpan PollInterval { get; init; } = DefaultPollInterval;

    [Range(typeof(TimeSpan), "00:00:00", "1.00:00:00")]
    public TimeSpan RetryDelay { get; init; } = DefaultRetryDelay;

    [Range(typeof(TimeSpan), "00:00:00", "01:00:00")]
    public TimeSpan StatusInterval { get; init; } = DefaultStatusInterval;

    [Range(typeof(TimeSpan), "00:00:00.1", "01:00:00")]
    public TimeSpan ControlInterval { get; init; } = DefaultControlInterval;

    /// <summary>
    /// Downloads that were not used for longest are removed when all of them take more; what the running job uses stays all the same.
    /// </summary>
    [Range(0, long.MaxValue)]
    public long MaxCacheBytes { get; init; } = DefaultMaxCacheBytes;

    public IEnumerable<ValidationResult> Validate(ValidationContext validationContext)
    {
        if (MessageRenewal > Visibility / 2)
        {
            yield return TooSeldom(nameof(MessageRenewal), MessageRenewal, nameof(Visibility), Visibility, "others get the message while the job runs");
        }

        if (LeaseRenewal > LeaseDuration / 2)
        {
            yield return TooSeldom(nameof(LeaseRenewal), LeaseRenewal, nameof(LeaseDuration), LeaseDuration, "another worker takes the job while it runs");
        }
    }

    private static ValidationResult TooSeldom(string name, TimeSpan interval, string ofName, TimeSpan of, string consequence) =>
        new($"{name} is {interval}; it must be at most half of {ofName} ({of}), so that there is time for a second try, or {consequence}.", [name]);
}
