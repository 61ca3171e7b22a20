namespace LoraFunctions.Jobs.Kohya;

/// <summary>From settings to draft: the moves every part of the mapping is made of.</summary>
/// <param name="Root">Where relative paths of the TOML begin.</param>
/// <param name="YamlFolder">Where those of the YAML begin.</param>
internal sealed record KohyaTransfer(KohyaSettings Settings, YamlDraft Draft, string Root, string YamlFolder)
{
    /// <param name="ours">The key here.</param>
    /// <param name="theirs">The key there.</param>
    /// <param name="otherwise">Set when the TOML says nothing: the other tool's default, where ours is another one.</param>
    public void Number(string ours, string theirs, double? otherwise = null) => Number(ours, Settings.TakeText(theirs), otherwise);

    public void Number(string ours, KohyaSetting? setting, double? otherwise = null)
    {
        if (setting is not null)
        {
            Draft.Set(ours, (object?)setting.Number ?? setting.Text, setting);
        }
        else if (otherwise is { } value)
        {
            Draft.Set(ours, value, from: null);
        }
    }

    public void Flag(string ours, string theirs)
    {
        if (Settings.Take(theirs) is { } setting)
        {
            Draft.Set(ours, (object?)setting.Flag ?? setting.Text, setting);
        }
    }

    /// <summary>Names a setting among those that change nothing, or among the warnings.</summary>
    public void TellOrWarn(KohyaSetting setting, bool isFine, string warning, string reason = "as here")
    {
        if (isFine)
        {
            Draft.Fine(setting, reason);
        }
        else
        {
            Draft.Warn(setting, warning);
        }
    }

    /// <summary><c>["conv_dim=4", "conv_alpha=1"]</c>.</summary>
    public List<KohyaSetting> Arguments(params ReadOnlySpan<string> names)
    {
        var arguments = new List<KohyaSetting>();
        foreach (var name in names)
        {
            if (Settings.Take(name) is { } setting)
            {
                arguments.AddRange(setting.Items.Select(i => i.Split('=', 2)).Select(p => new KohyaSetting(p[0].Trim(), p.Length > 1 ? p[1].Trim() : "", setting.Place)));
            }
        }

        return arguments;
    }

    /// <summary>What cannot be a path of this machine is a comment in the YAML, and a warning.</summary>
    public void SetPath(string ours, KohyaSetting setting) =>
        Draft.Set(ours, FullPath(setting) is { } path ? InYaml(path) : setting.Text, setting);

    /// <summary>Null when it cannot be a path of this machine.</summary>
    public string? FullPath(KohyaSetting setting) =>
        UserPath.Problem(setting.Text) is null ? Path.GetFullPath(UserPath.Expand(setting.Text), Root) : null;

    /// <summary>Relative where it lies below the YAML's folder, so that the two can be moved together.</summary>
    public string InYaml(string path)
    {
        var relative = Path.GetRelativePath(YamlFolder, path);
        return relative == ".." || relative.StartsWith(".." + Path.DirectorySeparatorChar, StringComparison.Ordinal) ? path : relative.Replace('\\', '/');
    }
}
