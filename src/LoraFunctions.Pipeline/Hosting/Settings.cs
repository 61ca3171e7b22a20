using System.ComponentModel;
using System.Globalization;
using System.Reflection;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace LoraFunctions.Pipeline.Hosting;

/// <summary>
/// Options from a section of the configuration, as a person writes it into the environment. .NET's own binder ends at the first value it cannot
/// read and takes no notice of names it does not know; here every such setting is named together with what the options' validators find.
/// </summary>
public static class Settings
{
    /// <summary>Binds the section and checks it when the host starts.</summary>
    /// <param name="others">Names in the section that somebody else reads.</param>
    public static OptionsBuilder<T> AddSettings<T>(this IServiceCollection services, string section, params IReadOnlyList<string> others)
        where T : class
    {
        services.AddSingleton(s => new SettingsOf<T>(section, others, s.GetRequiredService<IConfiguration>()));
        services.AddSingleton<IConfigureOptions<T>>(s => s.GetRequiredService<SettingsOf<T>>());
        services.AddSingleton<IValidateOptions<T>>(s => s.GetRequiredService<SettingsOf<T>>());
        return services.AddOptions<T>().ValidateOnStart();
    }

    private sealed class SettingsOf<T>(string section, IReadOnlyList<string> others, IConfiguration configuration) : IConfigureOptions<T>, IValidateOptions<T>
        where T : class
    {
        private readonly List<string> _problems = [];

        public void Configure(T options)
        {
            _problems.Clear();
            Bind(configuration.GetSection(section), section, options);
        }

        public ValidateOptionsResult Validate(string? name, T options) =>
            _problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(_problems);

        private void Bind(IConfigurationSection at, string path, object options)
        {
            PropertyInfo[] known = [.. options.GetType().GetProperties().Where(p => p.CanWrite)];
            foreach (var setting in at.GetChildren().Where(s => !others.Contains(s.Key, StringComparer.OrdinalIgnoreCase)))
            {
                var name = $"{path}__{setting.Key}";
                if (known.FirstOrDefault(p => p.Name.Equals(setting.Key, StringComparison.OrdinalIgnoreCase)) is not { } property)
                {
                    _problems.Add($"{name}: there is no such setting.{NearestName.Hint(setting.Key, known.Select(p => p.Name))} Known are: {string.Join(", ", known.Select(p => p.Name))}.");
                }
                else if (setting.GetChildren().Any() && property.GetValue(options) is { } nested)
                {
                    // Records are copied, or a default that all share would be written to.
                    var copy = nested.GetType().GetMethod("<Clone>$")?.Invoke(nested, null) ?? nested;
                    Bind(setting, name, copy);
                    property.SetValue(options, copy);
                }
                else if (setting.Value is { Length: > 0 } text)
                {
                    var type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
                    if (TryRead(text, type, out var value))
                    {
                        property.SetValue(options, value);
                    }
                    else
                    {
                        _problems.Add($"{name} is '{text}'; it must be {Form(type)}.");
                    }
                }
            }
        }

        private static bool TryRead(string text, Type type, out object? value)
        {
            value = null;
            try
            {
                // Without a ':' .NET takes a time span for days: ten minutes written as 10 would be ten days.
                if (type == typeof(TimeSpan) && !text.Contains(':'))
                {
                    return false;
                }

                value = type.IsEnum ? Enum.Parse(type, text.Replace("-", ""), ignoreCase: true) // after-approval
                    : type == typeof(Uri) ? new Uri(text, UriKind.RelativeOrAbsolute) : TypeDescriptor.GetConverter(type).ConvertFromString(null, CultureInfo.InvariantCulture, text);
                return true;
            }
            catch (Exception e) when (e is FormatException or ArgumentException or NotSupportedException or OverflowException)
            {
                return false;
            }
        }

        private static string Form(Type type) => type switch
        {
            var t when t == typeof(int) || t == typeof(long) => "a whole number, such as 50",
            var t when t == typeof(double) => "a number with a decimal point, such as 1.5",
            var t when t == typeof(bool) => "true or false",
            var t when t == typeof(TimeOnly) => "a time of the day, such as 02:00",
            var t when t == typeof(TimeSpan) => "a duration as hours:minutes:seconds, such as 00:30:00",
            { IsEnum: true } t => $"one of {string.Join(", ", Enum.GetNames(t))}",
            var t => $"a {t.Name}",
        };
    }
}
