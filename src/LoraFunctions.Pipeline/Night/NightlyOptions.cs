using System.ComponentModel.DataAnnotations;
using LoraFunctions.Imaging.Gate;

namespace LoraFunctions.Pipeline.Night;

/// <summary>The night; section <c>Nightly</c>.</summary>
public sealed class NightlyOptions
{
    public const string Section = "Nightly";

    public const string DefaultTimeZone = "Asia/Shanghai";

    /// <summary>The document's least: 50 to 200 photos per car model.</summary>
    public const int DefaultMinPhotos = PhotoSet.DefaultMinPhotos;

    /// <summary>Two in five of the least: fewer new photos change a LoRA less than another seed does.</summary>
    public const int DefaultRetrainAfterNewPhotos = 20;

    /// <summary>IANA name. Defines the night's date, <see cref="Start"/> and <see cref="Deadline"/>; the host's own time zone is never relied on.</summary>
    [Required]
    public string TimeZone { get; init; } = DefaultTimeZone;

    /// <summary>Local time from which a night is due: the day's listings are in, nobody works.</summary>
    public TimeOnly Start { get; init; } = new(2, 0);

    /// <summary>Local time at which nothing more is waited for and what there is gets published: before the working day starts.</summary>
    public TimeOnly Deadline { get; init; } = new(8, 0);

    /// <summary>Photos a car model needs before it is trained.</summary>
    [Range(1, 10_000)]
    public int MinPhotos { get; init; } = DefaultMinPhotos;

    /// <summary>Share of a car model's photos that must show the front, the side, the rear and the interior, each, before it is trained; 0 asks for none.</summary>
    [Range(0, 0.25)]
    public double MinViewShare { get; init; } = PhotoSet.DefaultMinViewShare;

    /// <summary>Photos in a car model's data set at most; the best stay.</summary>
    [Range(1, 10_000)]
    public int MaxPhotos { get; init; } = PhotoSet.DefaultMaxPhotos;

    /// <summary>New photos a trained car model needs before it is trained again.</summary>
    [Range(1, 10_000)]
    public int RetrainAfterNewPhotos { get; init; } = DefaultRetrainAfterNewPhotos;

    /// <summary>Whether a car model that is trained again begins with its last LoRA instead of with nothing.</summary>
    public bool WarmStart { get; init; }

    /// <summary>Folder in <c>base-models</c> of the checkpoint that is trained on and rendered with.</summary>
    [Required]
    public string BaseModel { get; init; } = "sd15";

    /// <summary>Folder in <c>base-models</c> of the CLIP that labels.</summary>
    [Required]
    public string Clip { get; init; } = "clip";

    /// <summary>Folder in <c>base-models</c> of a DINOv2 that judges comparisons beside CLIP; empty: CLIP alone.</summary>
    public string Dino { get; init; } = "";

    /// <summary>More wait for the next night: a plan stays small enough to be passed around.</summary>
    [Range(1, 2_000)]
    public int MaxListingsPerNight { get; init; } = 500;

    /// <summary>More are left out and named in the report: pairs grow with the square of the car models.</summary>
    [Range(1, 2_000)]
    public int MaxComparisonsPerNight { get; init; } = 200;

    /// <summary>
    /// Blobs of <c>vehicle-photos</c> that a night looks through besides the listings that have a mark, going on where the night before ended: what
    /// nobody marked is found when its turn comes. It takes 20 calls of the storage; an archive of no more blobs is looked through every night.
    /// </summary>
    [Range(1, 10_000_000)]
    public int ArchiveBlobsPerNight { get; init; } = 100_000;

    /// <summary>Listings in work at once: the gate holds one decoded photo of each in memory.</summary>
    [Range(1, 256)]
    public int MaxListingsAtOnce { get; init; } = 16;

    /// <summary>
    /// Trainings on the queue at once: one for each GPU worker. More would stand before the pictures of pairs that are ready, and could not be
    /// carried over to the next night any more.
    /// </summary>
    [Range(1, 256)]
    public int MaxTrainingsAtOnce { get; init; } = 1;

    /// <summary>How long a training is expected to take before the night has seen one: 750 steps on a T4, and time to load and to sample.</summary>
    public TimeSpan TrainingTime { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>
    /// Kept free for rendering before <see cref="Deadline"/>: no training is begun that would not end before it, and none is waited for any more.
    /// </summary>
    public TimeSpan RenderingTime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>Comparisons in work at once.</summary>
    [Range(1, 256)]
    public int MaxComparisonsAtOnce { get; init; } = 8;

    /// <summary>
    /// How long a label job is waited for before it is queued again. Time in the queue counts, and a job may stand behind a training:
    /// two hours are longer than one of those. What is queued twice is done once.
    /// </summary>
    public TimeSpan LabelJobTimeOut { get; init; } = TimeSpan.FromHours(2);

    /// <summary>As long as a whole night: a training stands behind every other one of the night, and only a lost message is to be caught here.</summary>
    public TimeSpan TrainJobTimeOut { get; init; } = TimeSpan.FromHours(6);

    /// <summary>Longer than the training a render job may stand behind, as with <see cref="LabelJobTimeOut"/>.</summary>
    public TimeSpan RenderJobTimeOut { get; init; } = TimeSpan.FromHours(2);

    /// <summary>How often a job without any result is put on the queue. Once more is for a lost message; a third time nobody is listening.</summary>
    [Range(1, 10)]
    public int MaxJobAttempts { get; init; } = 2;

    /// <summary>Whether marketing sees pictures as soon as they are published, or once a person has approved them.</summary>
    public PublishPolicy Publish { get; init; } = PublishPolicy.Auto;

    /// <summary>Gets a POST with the night's outcome when it ends, signed with <see cref="WebhookSecret"/>; null: nobody.</summary>
    public Uri? Webhook { get; init; }

    /// <summary>Key of the signature: HMAC-SHA256 over the time, a point and the body.</summary>
    public string? WebhookSecret { get; init; }
}

/// <summary>When a picture may be downloaded by marketing.</summary>
public enum PublishPolicy
{
    Auto,
    AfterApproval,
}
