using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Night;

internal sealed class NightlyOptionsValidator : IValidateOptions<NightlyOptions>
{
    private const int LeastSecret = 16;

    private static readonly TimeSpan s_leastTimeOut = TimeSpan.FromSeconds(10);

    /// <summary>Durable timers of more than six days are split by the framework; nothing here takes so long.</summary>
    private static readonly TimeSpan s_mostTimeOut = TimeSpan.FromDays(6);

    public ValidateOptionsResult Validate(string? name, NightlyOptions options)
    {
        var results = new List<ValidationResult>();
        Validator.TryValidateObject(options, new ValidationContext(options), results, validateAllProperties: true);
        var problems = results.ConvertAll(r => $"Nightly: {r.ErrorMessage}");

        if (!string.IsNullOrEmpty(options.TimeZone) && !TimeZoneInfo.TryFindSystemTimeZoneById(options.TimeZone, out _))
        {
            problems.Add($"Nightly: TimeZone '{options.TimeZone}' is unknown on this machine; give an IANA name such as '{NightlyOptions.DefaultTimeZone}', and install tzdata where there is none.");
        }

        if (options.Start >= options.Deadline)
        {
            problems.Add($"Nightly: Start is {options.Start:HH\\:mm} and Deadline {options.Deadline:HH\\:mm}; a night starts and ends on one local day, so Start must be before Deadline.");
        }

        if (options.RenderingTime < TimeSpan.Zero || options.TrainingTime <= TimeSpan.Zero || options.RenderingTime + options.TrainingTime > options.Deadline - options.Start)
        {
            problems.Add($"Nightly: TrainingTime is {options.TrainingTime} and RenderingTime {options.RenderingTime}; both must fit between Start {options.Start:HH\\:mm} and Deadline {options.Deadline:HH\\:mm}, or no training is ever begun.");
        }

        if (options.Webhook is { } webhook && !(webhook.IsAbsoluteUri && (webhook.Scheme == Uri.UriSchemeHttps || (webhook.Scheme == Uri.UriSchemeHttp && webhook.IsLoopback))))
        {
            problems.Add($"Nightly: Webhook is '{Secrets.Redact(webhook.ToString())}'; it must be an https address, or http on this machine.");
        }

        if (options.Webhook is not null && options.WebhookSecret is not { Length: >= LeastSecret })
        {
            problems.Add($"Nightly: WebhookSecret is missing or shorter than {LeastSecret} characters; the receiver checks the signature with it.");
        }

        CheckTimeOut(options.LabelJobTimeOut, nameof(options.LabelJobTimeOut), problems);
        CheckTimeOut(options.TrainJobTimeOut, nameof(options.TrainJobTimeOut), problems);
        CheckTimeOut(options.RenderJobTimeOut, nameof(options.RenderJobTimeOut), problems);
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static void CheckTimeOut(TimeSpan value, string name, List<string> problems)
    {
        if (value < s_leastTimeOut || value > s_mostTimeOut)
        {
            problems.Add($"Nightly: {name} is {value}; it must be between {s_leastTimeOut} and {s_mostTimeOut}.");
        }
    }
}
