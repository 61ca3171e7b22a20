namespace LoraFunctions.Pipeline.Comparisons;

/// <summary>Reads <c>comparisons.yaml</c>.</summary>
internal static class ComparisonsReader
{
    /// <summary>Scene names become parts of file names and instance ids.</summary>
    public const int MaxSceneLength = 30;

    /// <exception cref="InvalidJobInputException">Something is wrong; every problem is in it.</exception>
    public static ComparisonsConfiguration Read(string file, ReadOnlyMemory<byte> utf8)
    {
        var problems = new Problems();
        var root = YamlMap.Parse(file, utf8, problems);
        problems.ThrowIfAny();

        var seeds = root.Wholes("seeds", 0, uint.MaxValue);
        var scenes = ReadScenes(root);
        var templates = ReadTemplates(root);
        var defaultTemplate = root.Text("default_template", templates.Keys.FirstOrDefault() ?? "");
        var sceneNames = scenes.Select(s => s.Key).ToList();
        var pairs = root.Maps("pairs").Select(map => ReadPair(map, sceneNames, templates.Keys)).ToList();
        var rule = root.Map("rule") is { } map ? ReadRule(map, sceneNames, templates.Keys) : null;
        root.RefuseOthers();

        CheckNames(root, "default_template", [defaultTemplate], templates.Keys, "template");
        Require(root, "seeds", seeds.Count > 0, "give at least one seed, e.g. [1, 2].");
        Require(root, "seeds", seeds.Distinct().Count() == seeds.Count, "a seed stands there twice; it would make the same picture.");
        Require(root, "scenes", scenes.Count > 0, "give at least one scene.");
        Require(root, "templates", templates.Count > 0, "give at least one template.");
        Require(root, "pairs", pairs.Count > 0 || rule is not null, "give pairs, or a rule.");
        foreach (var twice in pairs.GroupBy(p => (p.Left, p.Right)).Where(g => g.Count() > 1))
        {
            root.Problem("pairs", $"{twice.Key.Left} and {twice.Key.Right} are paired {twice.Count()} times; put all their scenes into one entry.");
        }

        problems.ThrowIfAny();
        return new ComparisonsConfiguration(seeds, scenes, templates, defaultTemplate, pairs, rule);
    }

    private static List<KeyValuePair<string, string>> ReadScenes(YamlMap root)
    {
        var scenes = new List<KeyValuePair<string, string>>();
        if (root.Map("scenes") is not { } map)
        {
            return scenes;
        }

        foreach (var name in map.Keys)
        {
            var slug = ModelKeys.Slug(name);
            Require(map, name, name == slug && slug.Length > 0, $"a scene's name is part of file names: lower-case letters, digits and '-', e.g. '{(slug.Length > 0 ? slug : "night")}'.");
            Require(map, name, name.Length <= MaxSceneLength, $"the name has {name.Length} characters; at most {MaxSceneLength} are allowed.");
            scenes.Add(KeyValuePair.Create(name, map.Text(name)));
        }

        return scenes;
    }

    private static Dictionary<string, ComparisonTemplate> ReadTemplates(YamlMap root)
    {
        var templates = new Dictionary<string, ComparisonTemplate>();
        var all = root.Map("templates");
        foreach (var name in all?.Keys ?? [])
        {
            if (all!.Map(name) is { } map)
            {
                templates[name] = ReadTemplate(name, map);
            }
        }

        return templates;
    }

    private static ComparisonTemplate ReadTemplate(string name, YamlMap map)
    {
        var entry = new ComparisonTemplate(
            name,
            map.Text("prompt"),
            map.Text("negative_prompt", ComparisonDefaults.NegativePrompt),
            ScenePrompt: "",
            map.Number("lora_strength", ComparisonDefaults.LoraStrength, 0.1, 0.95),
            map.Whole("width", ComparisonDefaults.Width, 64, 2048),
            map.Whole("height", ComparisonDefaults.Height, 64, 2048),
            map.Whole("steps", ComparisonDefaults.Steps, 1, 150),
            map.Number("guidance_scale", ComparisonDefaults.GuidanceScale, 1, 30),
            map.Text("sampler", ComparisonDefaults.Sampler))
        {
            CarPrompt = map.Text("car_prompt", ComparisonDefaults.CarPrompt),
            Colours = map.Texts("colours") is { Count: > 0 } colours ? colours : null,
            Method = map.Text("method", "") is { Length: > 0 } method ? method : null,
            Layout = map.Text("layout", ComparisonDefaults.Layout),
            Brackets = map.Text("brackets", ComparisonDefaults.Brackets),
            BestOf = map.Whole("best_of", 1, 1, ComparisonDefaults.MostRenderings),
        };
        map.RefuseOthers();
        CheckNames(map, "method", [entry.EffectiveMethod()], ComparisonDefaults.Methods, "method");
        CheckNames(map, "layout", [entry.Layout], ComparisonDefaults.Layouts, "layout");
        CheckNames(map, "brackets", [entry.Brackets], ComparisonDefaults.BracketMeanings, "meaning of brackets");

        if (entry.ColoursProblem() is { } wrongColours)
        {
            map.Problem("colours", wrongColours);
        }

        Require(map, "width", entry.Width % 8 == 0, $"{entry.Width} is not a multiple of 8.");
        Require(map, "height", entry.Height % 8 == 0, $"{entry.Height} is not a multiple of 8.");
        foreach (var problem in ComparisonTemplate.Problems(entry.Prompt, ComparisonTemplate.Placeholders))
        {
            map.Problem("prompt", problem);
        }

        foreach (var problem in ComparisonTemplate.Problems(entry.CarPrompt, ComparisonTemplate.CarPlaceholders))
        {
            map.Problem("car_prompt", problem);
        }

        string[] wanted = entry.NamesLoras() ? ["left", "right", "left_lora", "right_lora", "scene"] : ["left", "right", "scene"];
        foreach (var needed in wanted.Where(p => entry.Prompt.Length > 0 && !entry.Prompt.Contains($"{{{p}}}")))
        {
            map.Problem("prompt", $"'{{{needed}}}' is missing: both cars and the scene belong into a comparison, and both LoRAs or none.");
        }

        Require(map, "car_prompt", entry.CarPrompt.Contains("<lora:{lora}", StringComparison.Ordinal), "'<lora:{lora}:{strength}>' is missing: the LoRA would have no effect.");
        Require(map, "method", !entry.NamesLoras() || entry.EffectiveMethod() == ComparisonDefaults.Merge,
            $"the prompt names LoRAs, which would reach both cars with {entry.EffectiveMethod()}; move them to car_prompt, or give method: {ComparisonDefaults.Merge}.");
        return entry;
    }

    private static ComparisonPair ReadPair(YamlMap map, IReadOnlyCollection<string> scenes, IReadOnlyCollection<string> templates)
    {
        var pair = new ComparisonPair(
            map.Text("left"),
            map.Text("right"),
            map.Texts("scenes"),
            map.Text("template", "") is { Length: > 0 } name ? name : null);
        map.RefuseOthers();
        foreach (var (side, key) in new[] { ("left", pair.Left), ("right", pair.Right) })
        {
            Require(map, side, key.Length == 0 || ModelKeys.IsKey(key), $"'{key}' is no model key: lower-case letters, digits and '-', e.g. '{ModelKeys.Slug(key)}'.");
        }

        Require(map, "right", pair.Left.Length == 0 || pair.Left != pair.Right, $"'{pair.Right}' is compared with itself.");
        CheckNames(map, "scenes", pair.Scenes, scenes, "scene");
        CheckNames(map, "template", pair.Template is null ? [] : [pair.Template], templates, "template");
        return pair;
    }

    private static ComparisonRule ReadRule(YamlMap map, IReadOnlyCollection<string> scenes, IReadOnlyCollection<string> templates)
    {
        var rule = new ComparisonRule(
            map.Flag("same_segment", fallback: true),
            map.Whole("max_pairs", ComparisonDefaults.RuleMaxPairs, 1, 1000),
            map.Texts("scenes"),
            map.Text("template", "") is { Length: > 0 } name ? name : null,
            map.Has("max_price_ratio") ? map.Number("max_price_ratio", 1, 1, 100) : null);
        map.RefuseOthers();
        CheckNames(map, "scenes", rule.Scenes, scenes, "scene");
        CheckNames(map, "template", rule.Template is null ? [] : [rule.Template], templates, "template");
        return rule;
    }

    private static void CheckNames(YamlMap map, string key, IEnumerable<string> names, IReadOnlyCollection<string> known, string what)
    {
        foreach (var name in names.Where(n => n.Length > 0 && known.Count > 0 && !known.Contains(n)))
        {
            map.Problem(key, $"there is no {what} '{name}'.{NearestName.Hint(name, known)} There is: {string.Join(", ", known)}.");
        }
    }

    private static void Require(YamlMap map, string key, bool met, string message)
    {
        if (!met)
        {
            map.Problem(key, message);
        }
    }
}
