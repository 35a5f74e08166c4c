import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import org.opensearch.analysis.common.CommonAnalysisPlugin;
import org.opensearch.common.settings.Settings;
import org.opensearch.env.Environment;
import org.opensearch.node.InternalSettingsPreparer;
import org.opensearch.node.Node;
import org.opensearch.plugins.Plugin;
import org.opensearch.transport.Netty4Plugin;

/**
 * One OpenSearch node for tests, on 127.0.0.1 and the port that is its argument. It asks nobody who they are. What it keeps is in
 * the folder in which it is started.
 */
public final class OpenSearchNode {

    private static final List<Class<? extends Plugin>> PLUGINS =
        List.of(Netty4Plugin.class, CommonAnalysisPlugin.class);

    /** Only a subclass can name plugins that are on the class path. */
    private static final class LocalNode extends Node {
        LocalNode(Environment environment) {
            super(environment, PLUGINS, false);
        }
    }

    public static void main(String[] args) {
        // Read when the first of OpenSearch's classes is loaded.
        System.setProperty("log4j2.level", "warn");
        Path home = Path.of("").toAbsolutePath();
        Settings settings = Settings.builder()
            .put("cluster.name", "tests")
            .put("node.name", "node")
            .put("path.home", home)
            .put("path.data", home.resolve("data"))
            .put("path.logs", home.resolve("logs"))
            .put("discovery.type", "single-node")
            .put("network.host", "127.0.0.1")
            .put("http.port", args[0])
            .put("transport.port", "0")
            // It keeps little, and a disk that is nearly full is no reason to refuse it.
            .put("cluster.routing.allocation.disk.threshold_enabled", false)
            .put("node.store.allow_mmap", false)
            .build();
        Environment environment =
            InternalSettingsPreparer.prepareEnvironment(settings, Map.of(), null, () -> "node");
        try {
            new LocalNode(environment).start();
            // None of its threads keeps the program running.
            Thread.currentThread().join();
        } catch (Exception failure) { // Most often the port is taken.
            failure.printStackTrace();
            System.exit(1);
        }
    }
}
