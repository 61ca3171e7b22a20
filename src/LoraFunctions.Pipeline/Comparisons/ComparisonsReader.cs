using LoraFunctions.Imaging.Gate;

namespace LoraFunctions.Pipeline.Comparisons;

/// <summary>Reads <c>comparisons.yaml</c>.</summary>
internal static class ComparisonsReader
{
    /// <summary>Scene names become parts of file names and instance ids.</summary>
    public const int MaxSceneLength = 30;

    private const double LeastStrength = 0.1;
    private const double MostStrength = 0.95;

    /// <exception cref="InvalidJobInputException">Something is wrong; every problem is in it.</exception>
    public static ComparisonsConfiguration Read(string file, ReadOnlyMemory<byte> utf8)
    {
        var problems = new Problems();
        var root = YamlMap.Parse(file, utf8, problems);
        problems.ThrowIfAny();

        var seeds = root.Wholes("seeds", 0, uint.MaxValue);
        var scenes = ReadScenes(root);
        var templates = ReadTemplates(root);
        CheckScenes(root, scenes, templates.Values);
        var defaultTemplate = root.Text("default_template", templates.Keys.FirstOrDefault() ?? "");
        var sceneNames = scenes.Select(s => s.Name).ToList();
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

    private static List<ComparisonScene> ReadScenes(YamlMap root)
    {
        var scenes = new List<ComparisonScene>();
        if (root.Map("scenes") is not { } map)
        {
            return scenes;
        }

        foreach (var name in map.Keys)
        {
            var slug = ModelKeys.Slug(name);
            Require(map, name, name == slug && slug.Length > 0, $"a scene's name is part of file names: lower-case letters, digits and '-', e.g. '{(slug.Length > 0 ? slug : "night")}'.");
            Require(map, name, name.Length <= MaxSceneLength, $"the name has {name.Length} characters; at most {MaxSceneLength} are allowed.");
            if (!map.IsMap(name))
            {
                scenes.Add(new ComparisonScene(name, map.Text(name)));
            }
            else if (map.Map(name) is { } scene)
            {
                scenes.Add(ReadScene(name, scene));
            }
        }

        return scenes;
    }

    private static ComparisonScene ReadScene(string name, YamlMap map)
    {
        var scene = new ComparisonScene(name, map.Text("prompt"))
        {
            Version = Version(map),
            NegativePrompt = Optional(map, "negative_prompt"),
            View = Optional(map, "view"),
            Layout = Optional(map, "layout"),
            Method = Optional(map, "method"),
            LoraStrength = map.Has("lora_strength") ? map.Number("lora_strength", 0, LeastStrength, MostStrength) : null,
        };
        map.RefuseOthers();
        CheckNames(map, "layout", scene.Layout is null ? [] : [scene.Layout], ComparisonDefaults.Layouts, "layout");
        CheckNames(map, "method", scene.Method is null ? [] : [scene.Method], ComparisonDefaults.Methods, "method");
        Require(map, "view", scene.View is null || PhotoSet.ViewOf(scene.View) is not null,
            $"'{scene.View}' is none of the views that photos are told apart by; write e.g. front view, side view, rear view or interior.");
        return scene;
    }

    /// <summary>What a scene wants and a template cannot give.</summary>
    private static void CheckScenes(YamlMap root, IEnumerable<ComparisonScene> scenes, IReadOnlyCollection<ComparisonTemplate> templates)
    {
        foreach (var scene in scenes)
        {
            if (scene.View is not null && templates.Count > 0 && !templates.Any(t => t.UsesView()))
            {
                root.Problem("scenes", $"{scene.Name} asks for a view, but no template holds {{view}}; write it into its car_prompt.");
            }

            foreach (var template in templates.Where(t => t.NamesLoras() && scene.Method is not (null or ComparisonDefaults.Merge)))
            {
                root.Problem("scenes", $"{scene.Name} asks for the method {scene.Method}, but the prompt of the template {template.Name} names LoRAs, which would reach both cars.");
            }
        }
    }

    private static int? Version(YamlMap map) => map.Has("version") ? map.Whole("version", 1, 1, 1_000_000) : null;

    private static string? Optional(YamlMap map, string key) => map.Text(key, "") is { Length: > 0 } text ? text : null;

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
            map.Number("lora_strength", ComparisonDefaults.LoraStrength, LeastStrength, MostStrength),
            map.Whole("width", ComparisonDefaults.Width, 64, 2048),
            map.Whole("height", ComparisonDefaults.Height, 64, 2048),
            map.Whole("steps", ComparisonDefaults.Steps, 1, 150),
            map.Number("guidance_scale", ComparisonDefaults.GuidanceScale, 1, 30),
            map.Text("sampler", ComparisonDefaults.Sampler))
        {
            CarPrompt = map.Text("car_prompt", ComparisonDefaults.CarPrompt),
            Colours = map.Texts("colours") is { Count: > 0 } colours ? colours : null,
            Version = Version(map),
            Method = Optional(map, "method"),
            Layout = map.Text("layout", ComparisonDefaults.Layout),
            Brackets = map.Text("brackets", ComparisonDefaults.Brackets),
            BestOf = map.Whole("best_of", 1, 1, ComparisonDefaults.MostRenderings) is > 1 and var renderings ? renderings : 0,
            Format = Optional(map, "format"),
            FinalWidth = map.Has("final_width") ? map.Whole("final_width", 0, 64, 4096) : null,
            FinalHeight = map.Has("final_height") ? map.Whole("final_height", 0, 64, 4096) : null,
        };
        map.RefuseOthers();
        CheckNames(map, "method", [entry.EffectiveMethod()], ComparisonDefaults.Methods, "method");
        CheckNames(map, "layout", [entry.Layout], ComparisonDefaults.Layouts, "layout");
        CheckNames(map, "brackets", [entry.Brackets], ComparisonDefaults.BracketMeanings, "meaning of brackets");
        CheckNames(map, "format", entry.Format is null ? [] : [entry.Format], ComparisonDefaults.Formats, "format");
        CheckFinal(map, "final_width", entry.FinalWidth, entry.FinalHeight, entry.Width);
        CheckFinal(map, "final_height", entry.FinalHeight, entry.FinalWidth, entry.Height);

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

    /// <summary>One side of the finished picture.</summary>
    private static void CheckFinal(YamlMap map, string key, int? final, int? other, int first)
    {
        Require(map, key, final is not null || other is null, "is missing; a finished picture has a width and a height.");
        Require(map, key, final is null || final % 8 == 0, $"{final} is not a multiple of 8.");
        Require(map, key, final is null || final >= first, $"{final} is less than the {first} pixels of the first pass.");
    }

    private static ComparisonPair ReadPair(YamlMap map, IReadOnlyCollection<string> scenes, IReadOnlyCollection<string> templates)
    {
        var pair = new ComparisonPair(
            map.Text("left"),
            map.Text("right"),
            map.Texts("scenes"),
            Optional(map, "template"));
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
            Optional(map, "template"),
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
